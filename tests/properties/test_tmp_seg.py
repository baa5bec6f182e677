from tests.properties.test_segments import *
from segments.audience import select_from
from tests.segments.making import *
import time
from django.db import connection
def test_plan():
    n=EventName.objects.create(name="Charged").pk
    with connection.cursor() as c:
        c.execute("INSERT INTO people_profile (identity, properties, bucket, created_at, updated_at) SELECT n::text, '{}', 0, now(), now() FROM generate_series(1,20000) n RETURNING id")
        ids=[r[0] for r in c.fetchall()]
        c.execute("INSERT INTO people_profileevent (profile_id,name_id,count,first_at,last_at) SELECT id, %s, 2, %s, %s FROM people_profile", [n, NOW-timedelta(days=100), NOW-timedelta(days=100)])
    tree=parse(rule({**CHARGED,"count":{"operator":"greater_than_equals","value":2}},{"did_not":"Charged","period":{"last":60,"unit":"days"}}))
    for a in (False, True):
        if a:
            with connection.cursor() as c: c.execute("ANALYZE people_profile, people_profileevent")
        for ctx in (CONTEXT, replace(CONTEXT,people=Ids(ids[0]-1,ids[-1]))):
            t=time.time(); r=answers(select_from(tree,ctx),seconds=300); print("analyzed",a,len(r),round(time.time()-t,2))
