import BatonModel
import CLuaShim
import Synchronization

/// A module's compiled library, loaded into the process from bytes that were looked at.
struct CompiledLibrary {
  /// As `dlopen` gave it. Libraries are never unloaded: functions of theirs may be anywhere.
  private let address: Int

  /// The libraries that were loaded, by the SHA-256 of their bytes: the same bytes are loaded once.
  private static let loaded = Mutex<[String: Int]>([:])

  /// - Parameters:
  ///   - digest: SHA-256 of the bytes.
  ///   - file: as people know it, for messages.
  init(_ bytes: [UInt8], digest: String, file: String) throws(BatonError) {
    if let known = Self.loaded.withLock({ $0[digest] }) {
      address = known
      return
    }
    try Self.check(bytes, file)
    var message = [CChar](repeating: 0, count: 1024)
    // Not under the lock: the library's constructors run now.
    guard let library = baton_library_open(bytes, bytes.count, &message, message.count) else {
      let said = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw Self.failure(said, file)
    }
    let new = Int(bitPattern: library)
    address = Self.loaded.withLock { loaded in
      if let first = loaded[digest] { return first }
      loaded[digest] = new
      return new
    }
  }

  /// The function that makes the module, by its name: the address of `luaopen_NAME`, as `package.searchers` of Lua 5.4 look for it.
  /// Dots are underscores. Of a name with a hyphen, the part before it counts; if nothing is called so, the part behind it.
  func opener(of module: String) -> UnsafeMutableRawPointer? {
    Self.symbols(of: module).lazy.compactMap { baton_library_symbol(UnsafeMutableRawPointer(bitPattern: address), $0) }
      .first
  }

  static func symbols(of module: String) -> [String] {
    let name = String(module.map { $0 == "." ? "_" : $0 })
    guard let mark = name.firstIndex(of: "-") else { return ["luaopen_\(name)"] }
    return ["luaopen_\(name[..<mark])", "luaopen_\(name[name.index(after: mark)...])"]
  }

  private static func check(_ bytes: [UInt8], _ file: String) throws(BatonError) {
    do throws(SharedObject.Unfit) {
      let object = try SharedObject(bytes)
      // Another Lua in the process would work on this one's machine, and end it.
      if let other = object.needed.first(where: {
        isLua($0) && !$0.hasPrefix("liblua5.4") && !$0.hasPrefix("liblua.so.5.4")
      }) {
        throw SharedObject.Unfit(
          message: "was built for another Lua than 5.4: it needs \(other)", cure: "take or build the module for Lua 5.4"
        )
      }
    } catch {
      throw BatonError(.usage, "\(file) \(error.message)", cure: error.cure)
    }
  }

  private static func isLua(_ library: String) -> Bool { library.hasPrefix("liblua") }

  /// What the loader said, with what helps.
  private static func failure(_ said: String, _ file: String) -> BatonError {
    let undefined = "undefined symbol: "
    if said.hasPrefix(undefined) {
      let symbol = said.dropFirst(undefined.count).prefix { $0 != " " && $0 != "," }
      if symbol.hasPrefix("lua") {
        return BatonError(
          .usage, "\(file) was built for another Lua than 5.4, which has no \(symbol)",
          cure: "take or build the module for Lua 5.4")
      }
      return BatonError(
        .usage, "\(file) needs \(symbol), which no library that it names has",
        cure: "build it anew against the libraries of this machine")
    }
    if let colon = said.firstIndex(of: ":"), said[colon...].hasPrefix(": cannot open shared object file") {
      return BatonError(
        .usage, "\(file) needs \(said[..<colon]), which this machine has not",
        cure: "install the package that \(said[..<colon]) belongs to")
    }
    return BatonError(.usage, "\(file) can't be loaded: \(said)", cure: "build it anew on this machine")
  }
}
