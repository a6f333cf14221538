"""A member list as Action Network writes it, for the tests of importing."""

HEADER = "uuid,first_name,last_name,email,zip_code,can2_user_state,can2_subscription_status,can2_subscription_date\n"


def row(email="a@example.org", zip5="02142", status="subscribed", *, key="", state_="MA", dated="", first="A"):
    return f"{key},{first},B,{email},{zip5},{state_},{status},{dated}\n"
