import BatonModel

extension Rule {
  static let bodies: [Rule] = [
    Rule(
      "B030", .bodies, "an operation that ctx does not have", .error, fixable: true,
      explanation: """
        The body would end with an error when it comes to this line, after all that it has done before. Its
        operations are called with a colon: ctx:sh "make".
        """,
      bad: """
        step "ship" {
          function(ctx)
            ctx:sh "make ship"
            ctx:slep "10m"
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            ctx:sh "make ship"
            ctx:sleep "10m"
          end,
        }
        """),
    Rule(
      "B032", .bodies, "time or chance that ctx does not record by its name", fixable: true,
      explanation: """
        In a durable body os.time(), os.date() and math.random() go to ctx, so that a body that runs again
        sees what it saw before. Say so where it matters: ctx:now(), ctx:random(). os.clock() is always 0:
        a body may be executed by several processes, none of whose clocks means anything.
        """,
      bad: """
        step "ship" {
          function(ctx)
            local started = os.time()
            ctx:sh "make ship"
            return { took = os.time() - started }
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            local started = ctx:now()
            ctx:sh "make ship"
            return { took = ctx:now() - started }
          end,
        }
        """),
    Rule(
      "B034", .bodies, "a body changes a variable outside of it",
      explanation: """
        A body is executed again from its top after a crash, and when it has waited for long: what it keeps
        in variables around it, or in globals, may begin anew, or be counted twice. Keep it in locals of the
        body, or return it.
        """,
      bad: """
        local count = 0
        step "ship" {
          function(ctx)
            ctx:sh "make ship"
            count = count + 1
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            local count = 0
            ctx:sh "make ship"
            count = count + 1
            return { count = count }
          end,
        }
        """),
    Rule(
      "B036", .bodies, "a child of a body under a name that was taken before",
      explanation: """
        A body's children are known by their names, so that a body which runs again finds what they came to.
        Asked for a second time under one name, the body ends with an error: make the name of what differs.
        """,
      bad: """
        step "ship" {
          function(ctx)
            for _, region in ipairs { "eu", "us" } do
              ctx:step "deploy" { run = { "deploy", region } }
            end
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            for _, region in ipairs { "eu", "us" } do
              ctx:step("deploy-" .. region) { run = { "deploy", region } }
            end
          end,
        }
        """),
    Rule(
      "B037", .bodies, "an operation of ctx inside the function of ctx:effect", .error,
      explanation: """
        The function of an effect is called once, and its result is recorded as a whole. What it would ask of
        ctx could not be recorded within it.
        """,
      bad: """
        step "ship" {
          function(ctx)
            ctx:effect("tag", function() return ctx:sh("git tag v1").text end)
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            ctx:sh "git tag v1"
          end,
        }
        """),
    Rule(
      "B038", .bodies, "what ctx:start began is never waited for",
      explanation: """
        The future that ctx:start returns is thrown away, or kept in a local that nothing reads: whether
        the child failed is never looked at, and the body may end before it. Wait with future:await(),
        ctx:all or ctx:any.
        """,
      bad: """
        step "ship" {
          function(ctx)
            ctx:start "upload" { run = "make upload" }
            ctx:sh "make ship"
          end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            local upload = ctx:start "upload" { run = "make upload" }
            ctx:sh "make ship"
            upload:await()
          end,
        }
        """),
  ]

  static let functions: [Rule] = [
    Rule(
      "B033", .bodies, "time in a function that is called back stands still",
      explanation: """
        In when, check, run and the like os.time() and os.date() tell when the run began, so that a resumed
        run decides as before. To measure, or to wait for an hour of the day, use a durable body: ctx:now(),
        ctx:sleep_until.
        """,
      bad: """
        step "ship" {
          run = "make ship",
          when = function() return os.date("%H") < "18" end,
        }
        """,
      good: """
        step "ship" {
          function(ctx)
            if os.date("%H", ctx:now()) < "18" then ctx:sh "make ship" end
          end,
        }
        """),
    Rule(
      "B039", .bodies, "a status that no step has",
      explanation: """
        A step that ended succeeded, was kept or came from the cache; or it failed, was skipped, cancelled or
        undone: "succeeded", "kept", "cached", "failed", "skipped", "cancelled", "undone". A comparison with
        another word is always false.
        """,
      bad: """
        local build = step "build" { run = "make", allow_failure = true }
        step "ship" {
          depends = build,
          run = "make ship",
          when = function(deps) return deps.build.status == "success" end,
        }
        """,
      good: """
        local build = step "build" { run = "make", allow_failure = true }
        step "ship" {
          depends = build,
          run = "make ship",
          when = function(deps) return deps.build.status == "succeeded" end,
        }
        """),
  ]
}
