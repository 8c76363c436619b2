import BatonModel
import BatonRuntime

/// What the host's `sh` is told. POSIX words only, and what GNU and BusyBox have in common.
enum SSHScript {
  /// Where an attempt has its files, by its name: `$1`.
  private static let base = #"base=${XDG_CACHE_HOME:-$HOME/.cache}/baton/$1; "#

  /// Ends all that an attempt of this name left. Its processes carry the name; on systems that do not show what processes carry,
  /// those of its session are found.
  private static let sweep = #"""
    left() { grep -lsF "BATON_ELSEWHERE=$name" /proc/[0-9]*/environ 2>/dev/null | sed 's|/proc/\([0-9]*\)/.*|\1|'; }
    sweep() {
      name=$1; count=0
      if [ -s "$base/control/pid" ] && read -r leader < "$base/control/pid"; then
        if [ ! -d /proc/self ] || grep -qsF "BATON_ELSEWHERE=$name" "/proc/$leader/environ"; then
          kill -s KILL -- "-$leader" 2>/dev/null && count=1
        fi
      fi
      # Who is about to become another program carries no name for a moment: after a kill, two looks must find nobody.
      looks=0
      while found=$(left); [ -n "$found" ] || [ "$looks" -lt 1 -a "$count" -gt 0 ]; do
        looks=$((looks + 1))
        for process in $found; do looks=0; kill -s KILL "$process" 2>/dev/null && count=$((count + 1)); done
        sleep 0.05 2>/dev/null || sleep 1
      done
    }

    """#

  /// Makes the folders of an attempt, and takes the files of its control from standard input. `$1` name, `$2` its folder (empty: one
  /// below those).
  static let prepare =
    base + sweep + #"""
      sweep "$1"
      rm -rf -- "$base"
      (umask 077; mkdir -p -- "$base/control" "$base/files" && : > "$base/begun") || exit 1
      if [ -n "$2" ]; then mkdir -p -- "$2" || exit 1; fi
      tar -xf - -C "$base/control"
      """#

  /// Takes files from standard input.
  static let receive = base + #"tar -xf - -C "${2:-$base/files}""#

  /// Runs what `prepare` was given.
  static let run = base + #"exec /bin/sh "$base/control/run""#

  /// Gives what the attempt wrote for the engine, and the names of the files in its folder: all, and those that were written since
  /// `prepare`.
  static let told =
    base + #"""
      cd -- "$base/control" || exit 1
      touch output events; : > list; : > fresh
      if [ -n "$3" ]; then
        (cd -- "${2:-$base/files}" && find . -type f -print) > list
        (cd -- "${2:-$base/files}" && find . -type f -newer "$base/begun" -print) > fresh
      fi
      tar -cf - output events list fresh
      """#

  /// Gives files, whose names it reads.
  static let send = base + #"cd -- "${2:-$base/files}" && tar -cf - -T -"#

  /// Ends all that is left, and says how many processes that were.
  static let clear = base + sweep + #"sweep "$1"; rm -rf -- "$base"; echo "$count""#

  /// Ends what is left of it and keeps its files: of a connection that was lost.
  static let end = base + sweep + #"sweep "$1"; echo "$count""#

  /// What only the step is told, for a shell whose `$1` and `$2` are the folders of the attempt and of whose folders it uses.
  static func environment(_ job: CourierJob) -> String {
    let given = job.environment.sorted { $0.key < $1.key }
      .map { "export \($0.key)=\(SSHConnection.quoted($0.value))\n" }.joined()
    return given + #"""
      export BATON_OUTPUT="$1/control/output" BATON_EVENTS="$1/control/events"
      if [ -e "$1/control/tests" ]; then export BATON_TESTS="$1/control/tests"; fi
      if [ -e "$1/control/failed" ]; then export BATON_FAILED_TESTS="$1/control/failed"; fi
      if [ -n "${BATON_SERVICE_FOLDER-}" ]; then mkdir -p "$2/service"; BATON_SERVICE_FOLDER="$2/service"; fi

      """#
  }

  /// Starts the step and stays beside it.
  ///
  /// Standard error of the session says what happens, a line each behind the mark: `begin`, `missing`, `environment`,
  /// `folder`, `event …`, `end CODE`, `killed CODE` (128 and the number of a signal). Which of the two it was is what a shell of its own says that starts the
  /// step: it names a signal, SIGINT and SIGPIPE alone excepted, on its standard error, which is not the step's. On standard input
  /// come `TERM` and `KILL`; when it ends, nobody is there any more, and the step is ended too. The step alone has its variables and
  /// the log (5): what this script says or leaves for a moment is not the step's.
  ///
  /// - Parameters:
  ///   - owner: the name of the attempt whose folders it uses: of an errand, those of its service.
  ///   - makesFolder: its owner may have none yet: a service that nobody brought there, its container having a program of its own.
  static func step(
    _ job: CourierJob, name: String, owner: String, mark: String, folder: String?, makesFolder: Bool,
    graceSeconds: Int64
  ) -> String {
    let make = folder == nil && makesFolder ? #"(umask 077; mkdir -p -- "$home/files"); "# : ""
    let words = job.arguments.map(SSHConnection.quoted).joined(separator: " ")
    return """
      base=${0%/*}; base=${base%/*}; home=${base%/*}/\(owner)
      exec 3>&2 4<&0 5>&\(job.capture == nil ? "1" : "2") </dev/null 2>/dev/null
      say() { printf '%s %s\\n' '\(mark)' "$*" >&3; }
      idle() { sleep "$1" 3>&- 4<&- 5>&- >/dev/null; }
      told() ( . "$base/control/environment"; command -v -- \(SSHConnection.quoted(job.arguments[0])) >/dev/null || exit 99 )
      \(make)cd -- \(folder.map(SSHConnection.quoted) ?? "\"$home/files\"") || { say folder; exit 0; }
      told "$base" "$home"
      case $? in 0) ;; 99) say missing; exit 0;; *) say environment; exit 0;; esac
      : > "$base/control/events"
      if command -v setsid >/dev/null; then lead=setsid group=-; else lead= group=; fi
      input=/dev/null
      if [ -e "$base/control/input" ]; then input="$base/control/input"; fi
      say begin
      /bin/sh -c 'name=$1; shift; BATON_ELSEWHERE=$name "$@"; echo "$?" > "$0"' "$base/control/code" '\(name)' \
        $lead /bin/sh -c 'exec 2>&5 5>&-; . "$1/control/environment"; echo "$$" > "$1/control/pid"; shift 2; exec "$@"' \
        sh "$base" "$home" \
        \(words) <"$input" 3>&- 4<&- 2> "$base/control/signal" &
      starter=$!
      ask() {
        for try in 1 2 3 4 5 6 7 8 9 10; do
          [ -s "$base/control/pid" ] && break
          idle 0.1 || idle 1
        done
        read -r child < "$base/control/pid" && kill -s "$1" -- "$group$child"
      }
      \(sweep)
      (
        while IFS= read -r word <&4; do
          case $word in
            TERM) ask TERM; ask CONT;;
            KILL) sweep '\(name)';;
          esac
        done
        ask TERM
        idle \(graceSeconds)
        sweep '\(name)'
      ) &
      watcher=$!
      follow() {
        total=$(wc -l < "$base/control/events") || return
        if [ "$total" -gt "$seen" ]; then
          sed -n "$((seen + 1)),${total}p" "$base/control/events" | while IFS= read -r line; do say "event $line"; done
          seen=$total
        fi
      }
      ( seen=0; while :; do follow; idle 0.3 || idle 1; done ) &
      follower=$!
      wait "$starter"; code=$?
      [ -s "$base/control/code" ] && read -r code < "$base/control/code"
      tells() {
        /bin/sh -c '"$@"; :' sh /bin/sh -c 'kill -s KILL "$$"' 2> "$base/control/tells"
        [ -s "$base/control/tells" ]
      }
      how=end
      case $code in
        130|141) how=killed;;
        *) if [ "$code" -gt 128 ] && { [ -s "$base/control/signal" ] || ! tells; }; then how=killed; fi;;
      esac
      kill "$watcher" "$follower"
      if [ -n "$group" ]; then ask TERM; fi
      tries=0; name='\(name)'
      while found=$(left) && [ -n "$found" ]; do
        signal=TERM; if [ "$tries" -ge 10 ]; then signal=KILL; fi
        if [ "$tries" -eq 0 ] || [ "$tries" -ge 10 ]; then
          for process in $found; do kill -s "$signal" "$process"; done
        fi
        tries=$((tries + 1)); idle 0.1 || idle 1
      done
      say "$how $code"

      """
  }
}
