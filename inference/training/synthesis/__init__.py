"""Acne lesions rendered or pasted onto photos of faces, with exact labels."""

from inference.training.synthesis.paste import Cutting, load_cuttings, paste
from inference.training.synthesis.placement import NoRoomError
from inference.training.synthesis.plan import RENDERER_VERSION, LesionPlan, Mix
from inference.training.synthesis.render import RenderedFace, RenderedLesion, render, settle
from inference.training.synthesis.skin import Light, face_width, skin_mask, with_melanin

__all__ = [
    "RENDERER_VERSION",
    "Cutting",
    "LesionPlan",
    "Light",
    "Mix",
    "NoRoomError",
    "RenderedFace",
    "RenderedLesion",
    "face_width",
    "load_cuttings",
    "paste",
    "render",
    "settle",
    "skin_mask",
    "with_melanin",
]
