"""For desk pages of people's data in any room: who opened a row, searched or went through the list is written down."""

from journal import clock, reading


class Watched:
    """For a ModelAdmin, before its other parents: each page of a row, each search and each list is a line, as in
    reading.py. about says what a row tells of; lists_tell is False where the list itself holds no personal data."""

    lists_tell = True

    def about(self, row) -> list:
        """Whom or what the reader of this row has read about."""
        return [row]

    def get_object(self, request, object_id, from_field=None):
        """Every page of one row asks here for it: it is written down before the page is shown, once in a request."""
        row = super().get_object(request, object_id, from_field)
        told = request.__dict__.setdefault("rows_told", set())
        key = (self.opts.label_lower, getattr(row, "pk", None))
        if row is not None and key not in told and self.has_view_permission(request, row):
            told.add(key)
            reading.read(*self.about(row), by=request.user, now=clock.now())
        return row

    def changelist_view(self, request, extra_context=None):
        """What was searched for is not written down: it may be an address."""
        response = super().changelist_view(request, extra_context)
        changes = (getattr(response, "context_data", None) or {}).get("cl")
        if changes is not None and self.lists_tell:
            listed = [f"{self.opts.model_name}s"]
            found = [one for row in changes.result_list for one in self.about(row)] if changes.query else listed
            verb = reading.FOUND if changes.query else reading.LISTED
            reading.read(*found, by=request.user, now=clock.now(), verb=verb)
        return response
