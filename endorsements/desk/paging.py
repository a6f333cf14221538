"""Lists of the desk, page by page, without counting a million rows to say how many there are."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

# So many rows are counted; a list that is longer says "more than". Nobody turns forty pages over: she filters.
MOST = 2_000
ROWS = 50  # on a page


class Pages(Paginator):
    """A paginator that counts no further than MOST; what lies behind is reached by a search or a filter.

    A list whose order is that of the index that finds its rows may set in_order: it is counted by that index.
    """

    in_order = False

    @cached_property
    def counted(self) -> int:
        """Rows up to one more than MOST."""
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list[: MOST + 1])
        # Without its order: counting does not need it, and it would lead the planner past the index that finds them.
        rows = self.object_list if self.in_order else self.object_list.order_by()
        return rows[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        """Rows that can be turned to."""
        return min(self.counted, MOST)

    @property
    def has_more(self) -> bool:
        """Whether the list goes on behind its last page."""
        return self.counted > MOST
