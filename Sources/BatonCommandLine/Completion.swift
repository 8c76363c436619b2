import BatonModel

/// Completion scripts for shells, made from the table of commands. What a project has (runs, steps, parameters and the like) is
/// asked of the program as it is typed: `baton __complete KIND -- WORDS`, where WORDS are those of the command line.
public enum Completion {
  public static func script(for shell: String) throws(BatonError) -> String {
    switch shell {
    case "bash": return bash
    case "zsh": return zsh
    case "fish": return fish
    default:
      throw BatonError(
        .usage, "no completion for the shell \"\(shell)\"",
        cure: Names.proposal(for: shell, in: ["bash", "zsh", "fish"]) ?? "one of: bash, zsh, fish")
    }
  }

  private static var commands: [Subcommand] { Subcommand.Name.allCases.map(Subcommand.named) }

  private static func words(_ options: [Option]) -> String {
    options.flatMap { option in (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"] }.joined(separator: " ")
  }

  // MARK: bash

  static var bash: String {
    var text = """
      # Completion of baton for bash: source <(baton completion bash)
      _baton_ask() { baton __complete "$1" -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null; }

      _baton() {
        local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command="" word i
        # "--color=al" comes as three words.
        if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
        for ((i = 1; i < COMP_CWORD; i++)); do
          word="${COMP_WORDS[i]}"
          case "$word" in
            -C|--directory|--color) ((i++)) ;;
            -*|=) ;;
            *) command="$word"; break ;;
          esac
        done
        local options="" values="" arguments="" takes=""

      """
    text += "  case \"$command\" in\n"
    for command in commands {
      text += "    \(command.name.rawValue))\n      options=\"\(words(command.allOptions))\"\n"
      text += "      arguments=\"\(command.arguments.map(\.completes.rawValue).joined(separator: " "))\"\n"
      text += "      case \"$prev\" in\n"
      for option in command.allOptions where option.value != nil {
        let names = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
        text +=
          "        \(names.joined(separator: "|"))) takes=\"\(option.choices.isEmpty ? option.completes.rawValue : "words")\""
        text += option.choices.isEmpty ? " ;;\n" : "; values=\"\(option.choices.joined(separator: " "))\" ;;\n"
      }
      text += "      esac ;;\n"
    }
    text += """
          "")
            options="\(words(Option.everywhere)) --version"
            case "$prev" in
              -C|--directory) takes="folder" ;;
              --color) takes="words"; values="auto always never" ;;
              *) arguments="command" ;;
            esac ;;
        esac
        if [[ -z $takes ]]; then
          if [[ $cur == -* ]]; then takes="words"; values="$options"; else takes="$arguments"; fi
        fi
        COMPREPLY=()
        for word in $(printf '%s\\n' $takes | sort -u); do
          case "$word" in
            words) COMPREPLY+=($(compgen -W "$values" -- "$cur")) ;;
            command) COMPREPLY+=($(compgen -W "\(commands.map(\.name.rawValue).joined(separator: " "))" -- "$cur")) ;;
            shell) COMPREPLY+=($(compgen -W "bash zsh fish" -- "$cur")) ;;
            run|step|tag|waiting|test|template|topic|grant|environment|secret)
              while IFS= read -r word; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done < <(_baton_ask "$word") ;;
            param)
              compopt -o nospace 2>/dev/null
              while IFS= read -r word; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done < <(_baton_ask param) ;;
            code)
              if [[ " ${COMP_WORDS[*]} " == *" --explain "* ]]; then COMPREPLY+=($(compgen -W "$(_baton_ask code)" -- "$cur"))
              else compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")); fi ;;
            module)
              values="$(_baton_ask module)"
              if [[ -n $values ]]; then
                while IFS= read -r word; do [[ $word == "$cur"* ]] && COMPREPLY+=("$word"); done <<< "$values"
              else compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")); fi ;;
            folder) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
            file) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
          esac
        done
      }
      complete -F _baton baton

      """
    return text
  }

  // MARK: zsh

  static var zsh: String {
    func quoted(_ text: String) -> String {
      text.map { "[]:'\\".contains($0) ? ($0 == "'" ? "'\\''" : "\\\($0)") : String($0) }.joined()
    }
    func action(_ completes: Option.Completes) -> String {
      switch completes {
      case .nothing: " "
      case .file: "_files"
      case .folder: "_files -/"
      case .code: "_baton_codes"
      case .param: "_baton_ask_param"
      case .run, .step, .tag, .waiting, .test, .template, .topic, .grant, .environment, .secret:
        "_baton_ask \(completes.rawValue)"
      case .module: "_baton_module"
      case .command: "_baton_commands"
      case .shell: "(bash zsh fish)"
      }
    }
    func spec(_ option: Option) -> String {
      let body = "[\(quoted(option.help))]"
      let value =
        option.value.map {
          ":\(quoted($0)):"
            + (option.choices.isEmpty ? action(option.completes) : "(\(option.choices.joined(separator: " ")))")
        } ?? ""
      let star = option.arity == .once ? "" : "*"
      guard let short = option.short else { return "'\(star)--\(option.name)\(body)\(value)'" }
      if star.isEmpty { return "'(-\(short) --\(option.name))'{-\(short),--\(option.name)}'\(body)\(value)'" }
      return "'*'{-\(short),--\(option.name)}'\(body)\(value)'"
    }
    var text = """
      #compdef baton
      # Completion of baton for zsh: baton completion zsh > a file _baton in a folder of $fpath; or behind compinit
      # source <(baton completion zsh)

      _baton_words() { baton __complete $1 -- ${${(Qz)BUFFER}[2,-1]} 2>/dev/null }
      _baton_ask() { compadd "${@[1,-2]}" -- ${(f)"$(_baton_words ${@[-1]})"} }
      _baton_ask_param() { compadd "$@" -S '' -- ${(f)"$(_baton_words param)"} }
      _baton_codes() { if (( ${words[(I)--explain]} )); then compadd "$@" -- ${(f)"$(_baton_words code)"}; else _files "$@"; fi }

      _baton_module() {
        local -a found=(${(f)"$(_baton_words module)"})
        if (( $#found )); then compadd "$@" -- $found; else _files "$@"; fi
      }

      _baton_commands() {
        local -a commands=(

      """
    for command in commands { text += "    '\(command.name.rawValue):\(quoted(command.summary))'\n" }
    text += "  )\n  _describe command commands\n}\n\n_baton() {\n  local curcontext=\"$curcontext\" state line\n"
    text +=
      "  _arguments -C \(Option.everywhere.map(spec).joined(separator: " ")) '1:command:_baton_commands' '*::argument:->rest'\n"
    text += "  [[ $state == rest ]] || return\n  case $words[1] in\n"
    for command in commands {
      let arguments = command.arguments.enumerated().map { index, argument -> String in
        // A run may be left out: then what stands behind it comes first.
        let next = command.arguments.dropFirst(index + 1).first?.completes ?? .nothing
        let offer =
          argument.count == .optional && argument.completes == .run && next.isAsked
          ? "_baton_ask run+\(next.rawValue)" : action(argument.completes)
        return argument.count == .many || argument.count == .any
          ? "'*:\(quoted(argument.name)):\(offer)'"
          : "'\(index + 1)\(argument.count == .optional ? "::" : ":")\(quoted(argument.name)):\(offer)'"
      }
      text +=
        "    \(command.name.rawValue)) _arguments \((command.allOptions.map(spec) + arguments).joined(separator: " ")) ;;\n"
    }
    // A function of $fpath is called by its name; what is sourced only declares.
    text += "  esac\n}\n\n"
    text += "if [[ $funcstack[1] == _baton ]]; then _baton \"$@\"; else compdef _baton baton; fi\n"
    return text
  }

  // MARK: fish

  static var fish: String {
    func quoted(_ text: String) -> String {
      "'\(text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined())'"
    }
    func line(_ option: Option, when condition: String) -> String {
      var text = "complete -c baton\(condition) -l \(option.name)"
      if let short = option.short { text += " -s \(short)" }
      text += " -d \(quoted(option.help))"
      if option.value != nil {
        if !option.choices.isEmpty {
          text += " -x -a \(quoted(option.choices.joined(separator: " ")))"
        } else {
          switch option.completes {
          case .file: text += " -r -F"
          case .folder: text += " -x -a '(__fish_complete_directories)'"
          case .nothing, .command, .shell: text += " -x"
          case .run, .step, .tag, .param, .code, .waiting, .test, .template, .topic, .module, .grant, .environment,
            .secret:
            text += " -x -a '(__baton_ask \(option.completes.rawValue))'"
          }
        }
      }
      return text + "\n"
    }
    var text = """
      # Completion of baton for fish: baton completion fish > ~/.config/fish/completions/baton.fish
      complete -c baton -f
      # Whether the command that is typed is this one; without an argument, whether there is none yet.
      function __baton_command
        set -l words (commandline -opc)[2..-1]
        while set -q words[1]
          switch $words[1]
            case -C --directory --color
              set -e words[1]
            case '-*'
            case '*'
              test "$words[1]" = "$argv[1]"
              return
          end
          set -e words[1]
        end
        not set -q argv[1]
      end
      function __baton_ask; baton __complete $argv[1] -- (commandline -opc)[2..-1] 2>/dev/null; end
      # Whether the program has anything to offer.
      function __baton_knows; test -n "$(__baton_ask $argv[1])"; end
      # Codes behind --explain, files elsewhere.
      function __baton_explains; contains -- --explain (commandline -opc); end

      """
    for option in Option.everywhere { text += line(option, when: "") }
    text += "complete -c baton -n '__baton_command' -l version -d 'print the version'\n"
    for command in commands {
      text += "complete -c baton -n '__baton_command' -a \(command.name.rawValue) -d \(quoted(command.summary))\n"
    }
    for command in commands {
      let condition = " -n '__baton_command \(command.name.rawValue)'"
      for option in command.options { text += line(option, when: condition) }
      for completes in Set(command.arguments.map(\.completes)).sorted(by: { $0.rawValue < $1.rawValue }) {
        switch completes {
        case .nothing: break
        case .file: text += "complete -c baton\(condition) -F\n"
        case .folder: text += "complete -c baton\(condition) -a '(__fish_complete_directories)'\n"
        case .code:
          let explains = "__baton_command \(command.name.rawValue); and __baton_explains"
          text += "complete -c baton -n '__baton_command \(command.name.rawValue); and not __baton_explains' -F\n"
          text += "complete -c baton -n '\(explains)' -a '(__baton_ask code)'\n"
        case .module:
          let condition = "__baton_command \(command.name.rawValue); and"
          text += "complete -c baton -n '\(condition) not __baton_knows module' -F\n"
          text += "complete -c baton -n '\(condition) __baton_knows module' -a '(__baton_ask module)'\n"
        case .run, .step, .tag, .param, .waiting, .test, .template, .topic, .grant, .environment, .secret:
          text += "complete -c baton\(condition) -a '(__baton_ask \(completes.rawValue))'\n"
        case .command:
          text += "complete -c baton\(condition) -a '\(commands.map(\.name.rawValue).joined(separator: " "))'\n"
        case .shell: text += "complete -c baton\(condition) -a 'bash zsh fish'\n"
        }
      }
    }
    return text
  }
}
