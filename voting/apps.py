from django.apps import AppConfig


class VotingConfig(AppConfig):
    name = "voting"
    verbose_name = "Voting"

    def ready(self):
        # The post room learns the letters and whose the voting links are; the deploy check learns of the ballot box;
        # the ground floor learns who stands on a roll.
        from voting import checks, emails, tied  # noqa: F401
