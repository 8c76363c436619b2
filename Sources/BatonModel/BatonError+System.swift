import Glibc

extension BatonError.Code {
  /// Whose doing it is that the system refuses something of a file: `usage` where folders, permissions or a full disk are behind
  /// it, which people mend; else `failure`.
  public init(errno number: Int32) {
    switch number {
    case EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ENOENT, ENOTDIR, EEXIST, EISDIR, ENOTEMPTY, ENAMETOOLONG, ELOOP, EFBIG,
      EXDEV:
      self = .usage
    default: self = .failure
    }
  }
}

extension BatonError {
  /// That something of a file cannot be done: `cannot write a.lua: No space left on device`.
  public static func system(_ what: String, _ path: String, errno number: Int32) -> BatonError {
    BatonError(
      Code(errno: number), "cannot \(what) \(path): \(String(cString: strerror(number)))",
      cure: number == ENOSPC || number == EDQUOT ? "make room on that disk" : nil)
  }
}
