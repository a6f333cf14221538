"""What is: places, users, groups and members."""

from groups.models.batch import ImportBatch, ImportChange, Upload, UploadPiece
from groups.models.group import Group, LeaderRequest, Leadership
from groups.models.keptview import KeptView
from groups.models.member import AddressChange, Member, MemberReport, MemberRequest, MemberSource
from groups.models.place import MapVersion, Place, ZipDistrict
from groups.models.signup import SignUp
from groups.models.user import Role, User

__all__ = [
    "AddressChange",
    "Group",
    "ImportBatch",
    "ImportChange",
    "KeptView",
    "LeaderRequest",
    "Leadership",
    "MapVersion",
    "Member",
    "MemberReport",
    "MemberRequest",
    "MemberSource",
    "Place",
    "Role",
    "SignUp",
    "Upload",
    "UploadPiece",
    "User",
    "ZipDistrict",
]
