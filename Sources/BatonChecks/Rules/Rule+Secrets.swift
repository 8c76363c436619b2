extension Rule {
  static let secrets: [Rule] = [
    Rule(
      "B050", .secrets, "a secret in plain text",
      explanation: """
        The text looks like a key, a token, a password or an address with one in it. It stands in the
        repository, in every record of a run, and in logs. Put it into the environment and name it:
        secret "NAME" is read when it is needed, masked in all output, and never written down.
        """,
      bad: """
        step "ship" { run = "make ship", env = { API_TOKEN = "x7Kq92nVb41LmQz8" } }
        """,
      good: """
        step "ship" { run = "make ship", env = { API_TOKEN = secret "API_TOKEN" } }
        """),
    Rule(
      "B051", .secrets, "a secret is read with env",
      explanation: """
        What env.NAME and os.getenv read is recorded with the run, so that a resumed run sees the same. For
        passwords, keys and tokens use secret "NAME": it is never written down. Asking whether it is there
        (if env.API_TOKEN then …) is fine where the variable holds nothing that a record may not.
        """,
      bad: """
        step "ship" { run = "make ship", env = { TOKEN = env.API_TOKEN } }
        """,
      good: """
        step "ship" { run = "make ship", env = { TOKEN = secret "API_TOKEN" } }
        """),
  ]

  static let checking: [Rule] = [
    Rule(
      "B060", .checking, "a comment that ignores nothing",
      explanation: """
        -- baton: ignore B012 behind a line (or on a line of its own above it) lets that finding pass there,
        -- baton: ignore-file B012 in the whole file; several codes stand behind each other. This one names a
        code that does not exist, or one that finds nothing there: it would hide the next mistake.
        """,
      bad: """
        step "build" { run = "make" } -- baton: ignore B012
        """,
      good: """
        step "build" { run = "make" }
        """)
  ]
}
