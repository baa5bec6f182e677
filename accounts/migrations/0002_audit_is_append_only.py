"""Entries of the audit trail can be added, never edited or deleted, whatever code asks for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'Entries of the audit trail are never edited or deleted.';
            END $$;
            CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
            FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
            """,
            "DROP TRIGGER audit_is_append_only ON accounts_auditentry; DROP FUNCTION refuse_audit_change();",
        )
    ]
