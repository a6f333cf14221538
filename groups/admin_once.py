"""The page of a row at the desk asks for that row once, with what it shows of other tables beside it."""


class Once:
    """For a ModelAdmin: Django asks for a row's page twice and for each relation by itself."""

    beside: tuple[str, ...] = ()  # relations that the page shows, as for select_related

    def get_object(self, request, object_id, from_field=None):
        """The row, as it was found first in this request."""
        seen = request.__dict__.setdefault("rows_seen", {})
        key = (self.opts.label_lower, str(object_id))
        if key not in seen:
            request.one_row = bool(self.beside)
            seen[key] = super().get_object(request, object_id, from_field)
            request.one_row = False
        return seen[key]

    def get_queryset(self, request):
        shown = super().get_queryset(request)
        return shown.select_related(*self.beside) if getattr(request, "one_row", False) else shown
