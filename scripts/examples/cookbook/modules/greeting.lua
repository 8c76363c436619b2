-- A module of the project: functions that declare steps and return their handles.
local greeting = {}

-- A step that greets somebody. Emits `name`.
function greeting.step(name, options)
  if type(options) ~= "table" or not options.name then error("greeting.step needs a name", 2) end
  return step(name) {
    env = { NAME = options.name },
    run = [[echo "Hello, $NAME!" && echo "name=$NAME" >> "$BATON_OUTPUT"]],
  }
end

return greeting
