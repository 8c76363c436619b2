import BatonCommandLine
import BatonCore
import BatonCourier
import BatonModel
import BatonNotify
import BatonReport
import BatonSQLite
import Glibc

/// `baton doctor`.
enum DoctorCommand {
  static func run(_ context: Context) throws -> Int32 {
    var checks = MachineChecks.all
    do {
      let project = try Project.find()
      checks += ProjectChecks.all(project)
    } catch {
      checks.append(
        Check(
          error.cure == nil ? "settings" : "project", .missing, error.message.harmless,
          cure: error.cure ?? "correct baton.json"))
    }
    let missing = checks.count { $0.state == .missing }
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.list(checks.map(\.json))) + "\n")
    } else {
      let palette = context.console.outputPalette
      let width = checks.reduce(0) { max($0, $1.name.count) }
      for check in checks { context.console.out(check.text(palette, width: width)) }
    }
    return missing > 0 ? 1 : 0
  }
}

/// One thing that Baton needs, or can make use of.
struct Check {
  enum State: String {
    case fine
    /// Something can't be done without it.
    case limited
    /// Nothing can be done without it.
    case missing
  }

  let name: String
  let state: State
  let finding: String
  /// The command that mends it.
  let cure: String?

  init(_ name: String, _ state: State, _ finding: String, cure: String? = nil) {
    self.name = name
    self.state = state
    self.finding = finding
    self.cure = cure
  }

  func text(_ palette: Palette, width: Int) -> String {
    let mark =
      switch state {
      case .fine: palette(.green, "✓")
      case .limited: palette(.yellow, "!")
      case .missing: palette(.red, "✗")
      }
    let line = "\(mark) \(DisplayWidth.padded(name, to: width))  \(finding)\n"
    return cure.map { "\(line)  \(String(repeating: " ", count: width))  mend it: \($0)\n" } ?? line
  }

  /// `{"check","state":"fine|limited|missing","finding","cure"}`.
  var json: Value {
    [
      "check": .string(name), "state": .string(state.rawValue), "finding": .string(finding),
      "cure": cure.map { .string($0) } ?? .null,
    ]
  }
}

/// What the machine has.
enum MachineChecks {
  static var all: [Check] { [shell, kernel, processes, descriptors, graphviz, luarocks, curl] + PlaceChecks.all }

  private static var shell: Check {
    let path = "/bin/sh"
    return access(path, X_OK) == 0
      ? Check("shell", .fine, path)
      : Check(
        "shell", .missing, "there is no \(path): only steps whose `run` is a list can start",
        cure: "apt-get install dash")
  }

  /// pidfds (5.3) and `waitid` on them (5.4), `close_range` (5.9).
  private static var kernel: Check {
    var names = utsname()
    uname(&names)
    let release = withUnsafeBytes(of: names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    let known = numbers.count == 2 ? (numbers[0], numbers[1]) : (0, 0)
    return known >= (5, 9)
      ? Check("kernel", .fine, "Linux \(release)")
      : Check("kernel", .missing, "Linux \(release): 5.9 or newer is needed", cure: "run on a newer kernel")
  }

  private static var processes: Check {
    guard File.exists("/proc/self/stat") else {
      return Check("/proc", .missing, "is not mounted: processes can't be followed", cure: "mount -t proc proc /proc")
    }
    return Check("/proc", .fine, "is mounted")
  }

  private static var descriptors: Check {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let count = limit.rlim_max > 1 << 30 ? "unlimited" : "\(limit.rlim_max)"
    return limit.rlim_max >= 1024
      ? Check("open files", .fine, "up to \(count)")
      : Check("open files", .limited, "up to \(count): few steps can run at once", cure: "ulimit -Hn 4096")
  }

  private static var graphviz: Check {
    Tool.find("dot").map { Check("graphviz", .fine, $0) }
      ?? Check("graphviz", .limited, "is not here: no baton graph --format svg", cure: "apt-get install graphviz")
  }

  private static var luarocks: Check {
    Tool.find("luarocks").map { Check("luarocks", .fine, $0) }
      ?? Check("luarocks", .limited, "is not here: no baton module add", cure: "apt-get install luarocks")
  }

  private static var curl: Check {
    switch CurlFeatures.here {
    case .success(let features) where features.missing.isEmpty:
      return Check("libcurl", .fine, "\(features.version), \(features.tls ?? ""), HTTP and SMTP")
    case .success(let features):
      let missing = features.missing.joined(separator: ", ")
      return Check(
        "libcurl", .limited, "\(features.version) has no \(missing): not all notifications can be sent",
        cure: "apt-get install libcurl4")
    case .failure:
      return Check(
        "libcurl", .limited, "is not here: no notifications but through commands", cure: "apt-get install libcurl4")
    }
  }
}

/// What the project has.
enum ProjectChecks {
  static func all(_ project: Project) -> [Check] {
    [folder(project), space(project), database(project)] + messages(project) + elsewhere(project)
  }

  /// What attempts of drivers that died left in containers and on other hosts.
  private static func elsewhere(_ project: Project) -> [Check] {
    guard project.hasDatabase, let store = try? SQLiteStore(existing: project.folder.database) else { return [] }
    return File.names(in: project.folder.runs).flatMap { run -> [Check] in
      let items = Leftovers(folder: project.folder.run(run).elsewhere).items()
      guard !items.isEmpty, (try? store.driver(of: run)) == nil else { return [] }
      return items.map { item in
        Check(
          "elsewhere", .limited, "\(item.text) was left behind by \(item.step) of run \(run)",
          cure: "baton resume \(run), or baton cancel \(run)")
      }
    }
  }

  /// Of the newest runs: messages that a driver which died did not send.
  private static func messages(_ project: Project) -> [Check] {
    // What can't be read is told of the database.
    guard project.hasDatabase, let store = try? SQLiteStore(existing: project.folder.database),
      let owed = try? store.owedMessages(limit: 100)
    else { return [] }
    return owed.sorted { $0.key < $1.key }.compactMap { run, count in
      guard (try? store.driver(of: run)) == nil else { return nil }
      return Check(
        "messages", .limited, "\(count) of run \(run) \(count == 1 ? "was" : "were") due, and not sent",
        cure: "baton resume \(run)")
    }
  }

  private static func folder(_ project: Project) -> Check {
    let root = project.folder.root
    let probe = "\(File.isFolder(project.folder.baton) ? project.folder.baton : root)/.baton-doctor-\(getpid())"
    // Root may write where the mode says no, and not where the file system is read-only: only trying tells.
    let descriptor = open(probe, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      return Check(
        "folder", .missing, "\(root) can't be written: \(File.message(errno))", cure: "chmod u+w \(root), or copy it")
    }
    close(descriptor)
    unlink(probe)
    return Check("folder", .fine, "\(root) can be written")
  }

  private static func space(_ project: Project) -> Check {
    var info = statvfs()
    guard statvfs(project.folder.root, &info) == 0 else {
      return Check("disk", .limited, "free space is not known: \(File.message(errno))")
    }
    let free = Int64(clamping: UInt64(info.f_bavail) &* UInt64(info.f_frsize))
    let text = "\(ByteSize(bytes: free).text) free"
    let cure = "baton gc --keep 7d, or make room on the disk"
    switch free {
    case ..<(16 << 20): return Check("disk", .missing, "\(text): records can't be kept", cure: cure)
    case ..<(512 << 20): return Check("disk", .limited, text, cure: cure)
    default: return Check("disk", .fine, text)
    }
  }

  private static func database(_ project: Project) -> Check {
    guard project.hasDatabase else { return Check("database", .fine, "none yet: nothing was run here") }
    do {
      let store = try SQLiteStore(existing: project.folder.database)
      let problems = try store.integrityProblems()
      guard problems.isEmpty else {
        return Check(
          "database", .missing, problems.prefix(3).joined(separator: "; "),
          cure: "mv \(project.folder.database) \(project.folder.database).broken (the runs in it are lost)")
      }
      let count = try store.runs(limit: nil).count
      return Check("database", .fine, "\(count) \(count == 1 ? "run" : "runs"), in order")
    } catch {
      return Check("database", .missing, error.message, cure: error.cure)
    }
  }
}
