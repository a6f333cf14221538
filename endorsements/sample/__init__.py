"""The sample federation: invented groups, members and candidates in real states and districts."""
