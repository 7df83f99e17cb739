"""Weights files and ONNX models, made from checkpoints."""
