-- The same workflow in each environment of baton.json: baton run checkout.lua --env prod

step "open" { run = "echo asking " .. config.url }

if flags.new_checkout then
  step "pay" { run = "echo \"paying with a key of ${#KEY} letters\"", env = { KEY = secret "PAYMENT_KEY" } }
end
