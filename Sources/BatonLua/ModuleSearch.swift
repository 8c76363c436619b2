import BatonModel

/// Where `require` looks, behind the standard library.
public struct ModuleSearch: ExpressibleByArrayLiteral {
  /// Folders with the project's own modules.
  public var folders: [String]
  /// The modules that were installed from elsewhere.
  public var rocks: (any RockLibrary)?

  public init(folders: [String], rocks: (any RockLibrary)? = nil) {
    self.folders = folders
    self.rocks = rocks
  }

  public init(arrayLiteral folders: String...) { self.init(folders: folders) }
}

/// Modules that others made and that the project has pinned.
public protocol RockLibrary {
  /// The folder of the project, absolute and without links. What lies in it may be read.
  var project: String { get }
  /// Looks a module up by the name that `require` is given; nil where no rock has it.
  ///
  /// - Throws: when what is there is not what was pinned.
  func module(_ name: String) throws(BatonError) -> RockModule?
  /// Why a rock may not do something, in a sentence; nil where it may.
  func refusal(of permission: Permission, rock: String) -> String?
}

/// One module of a rock.
public struct RockModule {
  /// What its file holds.
  public enum Content {
    /// Lua.
    case source([UInt8])
    /// A compiled library, which only a rock with ``Permission/nativeCode`` may have loaded.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the bytes.
    ///   - isRoot: it has the name of the first part of the module's: it may or may not hold this module.
    case library([UInt8], digest: String, isRoot: Bool)
  }

  public var rock: RockUse
  /// Absolute.
  public var file: String
  public var content: Content

  public init(rock: RockUse, file: String, content: Content) {
    self.rock = rock
    self.file = file
    self.content = content
  }
}
