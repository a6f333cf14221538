"""Questionnaires and the campaigns' responses; what staff found and decided."""

from vetting.models.file import Assignment, Note, Recusal, Verdict
from vetting.models.questionnaire import (
    STEPS,
    YES_NO,
    Answer,
    Colleague,
    Correction,
    Question,
    Questionnaire,
    Response,
    Section,
)
from vetting.models.review import PartnerEndorsement, PartnerOrganisation, Review, VettingFile

__all__ = [
    "STEPS",
    "YES_NO",
    "Answer",
    "Assignment",
    "Colleague",
    "Correction",
    "Note",
    "PartnerEndorsement",
    "PartnerOrganisation",
    "Question",
    "Questionnaire",
    "Recusal",
    "Response",
    "Review",
    "Section",
    "Verdict",
    "VettingFile",
]
