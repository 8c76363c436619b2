-- Hand a secret to a step, and to nothing else
--   API_TOKEN=s3cr3t baton run secrets.lua
-- The value never enters the script, and is masked in logs, records, reports and messages.
step "publish" {
  env = { TOKEN = secret "API_TOKEN" },
  run = [[echo "using $TOKEN" && test -n "$TOKEN"]],
}
