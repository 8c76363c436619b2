-- The smallest workflow with a value in it: one step emits it, the other uses it.
--
--   baton run hello.lua -p name=Ada

workflow "hello" {
  description = "Says hello",
  params = { name = param.string { default = "world", description = "Whom to greet" } },
}

local greeting = step "greeting" {
  env = { NAME = params.name },
  run = [[echo "text=Hello, $NAME!" >> "$BATON_OUTPUT"]],
}

-- A ref to what another step emits makes this step depend on it, and is quoted for the shell.
step "say" { run = "echo " .. greeting.out.text }

step "shout" {
  run = { "echo", greeting.out.text:map(function(text) return text:upper() end) },
}
