"""The paper's CenterNet: finds comedones, papules, pustules, nodules; outlines cysts, scars."""

from inference.detector.detect import Detections, Detector, load_detector
from inference.detector.weights import WeightsError

__all__ = ["Detections", "Detector", "WeightsError", "load_detector"]
