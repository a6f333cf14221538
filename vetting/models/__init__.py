"""Questionnaires and the campaigns' responses; what staff found and decided."""

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
from vetting.models.review import PartnerEndorsement, Review, VettingFile

__all__ = [
    "STEPS",
    "YES_NO",
    "Answer",
    "Colleague",
    "Correction",
    "PartnerEndorsement",
    "Question",
    "Questionnaire",
    "Response",
    "Review",
    "Section",
    "VettingFile",
]
