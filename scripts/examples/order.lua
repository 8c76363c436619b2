-- A saga, in both forms: what was done is undone, newest first, when something behind it fails.
--
--   baton run order.lua                   all goes well
--   baton run order.lua -p stock=0        nothing to ship: payment and reservation are undone (exit code 1)
--   baton run order.lua -p courier=false  the transaction stands, and the body undoes what it did itself
--   baton show                            which steps were undone, and why

workflow "order" {
  description = "Reserves, charges and ships; and takes it all back when that fails",
  params = {
    stock   = param.integer { default = 3, description = "how many there are in the warehouse" },
    courier = param.boolean { default = true, description = "whether a courier comes" },
  },
}

-- Members run one after the other. Their `undo` is a command, a list, or a function that sees what they emitted.
local order = transaction "order" {
  step "reserve" {
    run = [[echo "reservation=r-17" >> "$BATON_OUTPUT"]],
    undo = function(deps) return { "echo", "release", deps.reserve.out.reservation } end,
  },
  step "charge" { run = "echo charged 12 EUR", undo = "echo refunded 12 EUR" },
  step "pack" { run = { "test", params.stock, "-gt", 0 } },
}

-- The same in a durable body, where what has to be undone may depend on what happened.
step "deliver" {
  depends = order,
  function(ctx)
    ctx:step "label" { run = "echo label printed", undo = "echo label cancelled" }
    ctx:undo(function(undo) undo:step "tell" { run = "echo told the customer that nothing comes" } end)
    ctx:step "hand-over" { run = { "test", params.courier, "=", "true" } }
  end,
}
