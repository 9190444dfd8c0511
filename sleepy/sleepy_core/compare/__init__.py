"""Share held against other ways to learn: families of koans arrive one after another, and each way learns them."""
