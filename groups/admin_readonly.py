"""Lists of the desk that are read, never written."""


class ReadOnly:
    """What is loaded by commands is read here, never written."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
