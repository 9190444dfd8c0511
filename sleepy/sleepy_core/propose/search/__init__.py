"""Small repairs at the compiler's spans: found by kind, cheapest first, compiled before they are offered.

How it hangs together, in the order in which an error goes through it:

1. `site.Site` is the error and the code around it: the `syntax` tree, what the compiler said, what the crate's `index`
   knows, the variables in scope. It is read once for an error; nothing below changes it.
2. A `kinds.Kind` is one way to repair some error codes: a pure function from a site to `Change`s (edits and a label),
   with a cost. `edits/` has them by subject; the modules beside it are what several kinds share.
3. `search.candidates` asks every kind of the code, drops what is never a repair, and orders by cost; `habit` and
   `likelihood` correct that by this repository's past and by a model's opinion.
4. `search.SearchProposer` has the first ones screened (`sleepy_core.screen`: rustc alone) and proposes what passes.
"""
