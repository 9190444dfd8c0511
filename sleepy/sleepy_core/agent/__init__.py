"""A task worked on through tools: a plan decides the next call, the desk does it, and what was done is kept.

1. `bench.Bench` is the project at hand; `desk.Desk` does `actions` on it and knows what came of them.
2. `plan.Plan` decides: `fixed.FixedPlan` is the ladder, rung by rung; `model.ModelPlan` lets a model choose.
3. `sleepy_core.day.work` lets a plan work at a desk until nothing is left, or the plan gives up.
"""
