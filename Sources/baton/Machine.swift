import BatonConfig
import BatonModel
import Glibc

/// What this machine has.
enum Machine {
  /// How many processors there are.
  static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Bytes of memory.
  static var memory: Double { Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE))) }

  /// user@host, for the records.
  static var who: String {
    var name = [CChar](repeating: 0, count: 256)
    let host =
      gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
    let user =
      Environment["USER"] ?? Environment["LOGNAME"]
      ?? getpwuid(geteuid()).flatMap { $0.pointee.pw_name.map { String(cString: $0) } } ?? "\(geteuid())"
    return "\(user)@\(host)"
  }

  /// What steps may use at the same time: `-j`, then what the workflow says, then the project's settings, then the machine.
  static func pool(_ workflow: WorkflowSpec, _ settings: Settings, jobs: Int?) -> [String: Double] {
    var pool: [String: Double] = ["cpu": Double(settings.jobs ?? processors), "memory": memory]
    pool.merge(settings.resources) { _, new in new }
    pool.merge(workflow.pool) { _, new in new }
    if let jobs { pool["cpu"] = Double(jobs) }
    return pool
  }

  /// A name for a new run: eight letters and digits (Crockford's base 32) of 40 random bits, a letter first, so that two or
  /// three of them usually suffice to name it.
  static func newRunID() -> String {
    let letters = Array("abcdefghjkmnpqrstvwxyz".utf8)
    let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var generator = SystemRandomNumberGenerator()
    var name = [letters[Int.random(in: 0..<letters.count, using: &generator)]]
    for _ in 0..<7 { name.append(digits[Int.random(in: 0..<digits.count, using: &generator)]) }
    return String(decoding: name, as: UTF8.self)
  }
}
