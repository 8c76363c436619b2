-- Build only what changed
-- With inputs and outputs, a step is skipped in every later run in which the content of its inputs, its command and its
-- environment are the same; outputs that were deleted come back.
step "source" { run = "mkdir -p src && echo 'hello' > src/text.txt" }

step "build" {
  depends = "source",
  run = "mkdir -p dist && tr a-z A-Z < src/text.txt > dist/text.txt",
  inputs = "src/**",
  outputs = "dist/text.txt",
}
