-- Undo what was done when a later step fails
--   baton run saga.lua -p stock=0     the charge and the reservation are taken back, newest first
workflow "saga" { params = { stock = param.integer { default = 3 } } }

transaction "order" {
  step "reserve" { run = "echo reserved >> order.log", undo = "echo released >> order.log" },
  step "charge" { run = "echo charged >> order.log", undo = "echo refunded >> order.log" },
  step "ship" { run = { "test", params.stock, "-gt", 0 } },
}
