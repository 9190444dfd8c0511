"""A value is used after it was moved away."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="use_after_move",
    title="A value is used after it was moved",
    codes=("E0382",),
    templates=(
        Template(
            "stores_then_describes",
            """
            ⟦#[derive(Debug, Clone)]¦#[derive(Clone, Debug, PartialEq)]⟧
            pub struct @Item {
                pub @label: String,
                pub @count: @Int,
            }

            #[derive(Default)]
            pub struct @Owner {
                @items: Vec<@Item>,
            }

            impl @Owner {
                /// Keeps the @item and says what it was.
                pub fn @add(&mut self, @item: @Item) -> String {
                    self.@items.push(«@item»«@item.clone()»);
                    ⟦format!("{} ({})", @item.@label, @item.@count)¦let @label = &@item.@label;
                    format!("{@label} ({})", @item.@count)⟧
                }

                pub fn @count(&self) -> @Int {
                    self.@items.iter().map(|@item| @item.@count).sum()
                }
            }
            """,
            test="""
            let mut @owner = @Owner::default();
            let @item = @Item { @label: "@text1".to_string(), @count: @n1 };
            assert_eq!(@owner.@add(@item), "@text1 (@n1)");
            @owner.@add(@Item { @label: "@text2".to_string(), @count: @n2 });
            assert_eq!(@owner.@count(), @n1 + @n2);
            """,
        ),
        Template(
            "counts_after_the_loop",
            """
            pub struct @Item {
                pub @label: String,
                pub @size: @Int,
            }

            pub struct Summary {
                pub total: @Int,
                pub number: usize,
            }

            pub fn summary_of(@items: Vec<@Item>) -> Summary {
                let mut total = 0;
                for @item in «@items»«&@items» {
                    ⟦if @item.@size > @n1 {
                        total += @item.@size;
                    }¦total += @item.@size;⟧
                }
                Summary {
                    total,
                    number: @items.len(),
                }
            }

            pub fn @show(summary: &Summary) -> String {
                format!("{} in {} @items", summary.total, summary.number)
            }
            """,
        ),
    ),
    frozen=(),
)
