from journal import context


def test_every_template_knows_the_federation_without_a_query(rf, settings):
    settings.FEDERATION_NAME = "Valley Federation"
    settings.BASE_URL = "https://vote.example.org"

    said = context.federation(rf.get("/"))

    assert said["federation"] == "Valley Federation"
    assert said["base_url"] == "https://vote.example.org"
    known = {"federation", "contact_email", "postal_address", "paid_for_by", "base_url", "embedded", "other_languages"}
    assert set(said) == known
