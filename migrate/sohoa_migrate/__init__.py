"""Old systems to new system: map, plan, apply, reconcile (chuyển đổi dữ liệu)."""
