extension Rule {
  static let shell: [Rule] = [
    Rule(
      "B012", .shell, "a value from outside stands unquoted in a command for the shell",
      explanation: """
        A parameter, an environment variable, or what another step emitted is joined into the text of a
        command. A space, a quote or "; rm -rf ~" in it becomes part of the command. Refs need no care: they
        are quoted by themselves. For everything else there are three safe forms:

          a list            run = { "deploy", "--to", params.target }
          the environment   env = { TARGET = params.target }, run = 'deploy --to "$TARGET"'
          quoting           run = "deploy --to " .. shell.quote(params.target)
                            with local shell = require "baton.shell"

        Parameters that are numbers, booleans, enums, or strings with a pattern are taken for safe.
        """,
      bad: """
        workflow "deploy" { params = { target = param.string { default = "dev" } } }
        step "deploy" { run = "deploy --to " .. params.target }
        """,
      good: """
        workflow "deploy" { params = { target = param.string { default = "dev" } } }
        step "deploy" { run = { "deploy", "--to", params.target } }
        """),
    Rule(
      "B013", .shell, "a ref stands between quotes in a command for the shell",
      explanation: """
        The value of a ref is quoted for the shell where it stands; quotes around it end that quoting, or
        become part of the value. Leave them out, also where the value may contain spaces.
        """,
      bad: """
        local build = step "build" { run = [[echo "name=my app" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship '" .. build.out.name .. "'" }
        """,
      good: """
        local build = step "build" { run = [[echo "name=my app" >> "$BATON_OUTPUT"]] }
        step "ship" { run = "ship " .. build.out.name }
        """),
    Rule(
      "B014", .shell, "the name of a file of Baton's stands unquoted in a redirection", fixable: true,
      explanation: """
        $BATON_OUTPUT, $BATON_EVENTS and the like lie below the project's folder. Where that has a space in
        its name, some shells (bash among them) refuse the redirection: write >> "$BATON_OUTPUT".
        """,
      bad: """
        step "build" { run = [[make && echo "version=1.4" >> $BATON_OUTPUT]] }
        """,
      good: """
        step "build" { run = [[make && echo "version=1.4" >> "$BATON_OUTPUT"]] }
        """),
    Rule(
      "B031", .shell, "rm -r of a path that begins with a variable",
      explanation: """
        Where the variable is empty or not set, "$DIR/build" is /build, and all of it goes. "${DIR:?}/build"
        ends with an error instead; so does the whole script with set -u. Variables that the step, the
        workflow or the command itself sets are taken for set.
        """,
      bad: """
        step "clean" { run = "rm -rf $DIR/build" }
        """,
      good: """
        step "clean" { run = [[rm -rf "${DIR:?}/build"]] }
        """),
  ]
}
