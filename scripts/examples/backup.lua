-- A nightly backup: packs a folder, proves that the archive can be read, and only then removes the oldest ones. Never
-- two at once, whoever starts them; a failure leaves a note.
--
--   baton run backup.lua -p folder=/etc -p target=/var/backups/etc -p keep=14

workflow "backup" {
  description = "Packs, verifies, rotates",
  params = {
    folder = param.string { default = "build-c", description = "What to save" },
    target = param.string { default = "build/backup", description = "Where to" },
    keep = param.integer { default = 3, min = 1, description = "How many archives to keep" },
  },
  shell = { "/bin/bash", "-euo", "pipefail", "-c" },
}

local settings = { FOLDER = params.folder, TARGET = params.target, KEEP = params.keep }

local pack = step "pack" {
  mutex = "backup",
  env = settings,
  run = [[
    mkdir -p "$TARGET"
    archive="$TARGET/$(date -u +%Y%m%dT%H%M%S.%N).tar.gz"
    trap 'rm -f "$archive.part"' EXIT
    tar -czf "$archive.part" -C "$FOLDER" .
    mv "$archive.part" "$archive"
    echo "archive=$archive" >> "$BATON_OUTPUT"
  ]],
  timeout = "2h",
}

local verify = step "verify" {
  run = "tar -tzf " .. pack.out.archive .. [[ | tee /dev/stderr | wc -l | sed 's/^/files=/' >> "$BATON_OUTPUT"]],
}

step "rotate" {
  depends = verify,
  env = settings,
  run = [[ls -1 "$TARGET"/*.tar.gz | head -n "-$KEEP" | xargs -r rm -v --]],
}

step "note" {
  depends = { pack, verify },
  when = "failed",
  env = settings,
  run = [[echo "the backup of $FOLDER failed: see baton show" >> "$TARGET/FAILED"]],
}
