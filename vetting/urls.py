"""Addresses of the questionnaire, its private links, and what leaders may read."""

app_name = "vetting"
urlpatterns = []
