import Glibc

/// The machine that Baton runs on.
enum Machine {
  /// How many processors there are.
  static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// `user@host`, as records name who did something.
  static var who: String {
    var name = [CChar](repeating: 0, count: 256)
    let host =
      gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : "localhost"
    let user =
      Environment["USER"] ?? Environment["LOGNAME"]
      ?? getpwuid(getuid()).flatMap { $0.pointee.pw_name.map { String(cString: $0) } } ?? "\(getuid())"
    return "\(user)@\(host)"
  }
}
