"""The staff's desk as a site: its door, first page, lists and searches; tables that leave it; one member."""
