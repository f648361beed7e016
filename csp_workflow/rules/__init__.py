"""Judgement: guards as questions, one function each, and the pure engine that asks them."""
