"""The settings of a connection as a form, one class per kind."""

from connectors.forms.base import ConnectionForm
from connectors.forms.email import EmailForm
from connectors.forms.eventbridge import EventBridgeForm
from connectors.forms.file import FileForm
from connectors.forms.mparticle import MParticleForm
from connectors.forms.segment import SegmentForm
from connectors.forms.webhook import WebhookForm

__all__ = ["FORMS", "ConnectionForm"]

FORMS: dict[str, type[ConnectionForm]] = {
    "segment": SegmentForm,
    "mparticle": MParticleForm,
    "eventbridge": EventBridgeForm,
    "webhook": WebhookForm,
    "email": EmailForm,
    "file": FileForm,
}
