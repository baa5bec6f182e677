"""Rules by the thousand, with values that the difficult people have."""

from hypothesis import strategies as st

from segments.context import Context
from segments.tree import All, Any, Node, NoneOf, Tree
from tests.segments.population_times import NOWS, ZONES
from tests.segments.trees_behaviour import BEHAVIOUR
from tests.segments.trees_people import COMPARED, PEOPLE

__all__ = ["BEHAVIOUR", "COMPARED", "KINDS", "PEOPLE", "contexts", "leaves", "trees"]

contexts = st.builds(Context, st.sampled_from(NOWS), st.sampled_from(ZONES))
KINDS: dict[str, st.SearchStrategy[Node]] = {**PEOPLE, **BEHAVIOUR, **COMPARED}
# as often about what people did as about who they are
leaves: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from(sorted(BEHAVIOUR)).flatmap(BEHAVIOUR.__getitem__),
    st.sampled_from(sorted(PEOPLE)).flatmap(PEOPLE.__getitem__),
    PEOPLE["property"],
)


def groups(children: st.SearchStrategy[Node], least: int = 1) -> st.SearchStrategy[Tree]:
    members = st.lists(children, min_size=least, max_size=4).map(tuple)
    return st.one_of(st.builds(All, members), st.builds(Any, members), st.builds(NoneOf, members))


trees: st.SearchStrategy[Tree] = groups(st.recursive(leaves, groups, max_leaves=6), least=0)
