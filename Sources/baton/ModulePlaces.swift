import BatonCommandLine
import BatonConfig
import BatonCore
import BatonLua
import BatonModel
import BatonModules

extension Drive {
  /// Where `require` looks: beside the script, then among the modules of others.
  ///
  /// - Throws: where these are not what `baton.lock` pins.
  static func modules(of script: String, in project: Project) throws(BatonError) -> ModuleSearch {
    search(script, in: project, try rocks(of: project))
  }

  /// The same, with modules of others that were looked at.
  static func search(_ script: String, in project: Project, _ rocks: InstalledModules) -> ModuleSearch {
    ModuleSearch(folders: moduleFolders(of: script, in: project), rocks: rocks.lock.modules.isEmpty ? nil : rocks)
  }

  /// The modules of others that a project has.
  static func rocks(of project: Project) throws(BatonError) -> InstalledModules {
    try InstalledModules.open(
      project.folder.root, trust: project.settings.trust, loadsLibraries: project.loadsLibraries)
  }

  /// `modules` beside the script; of a script that is a module itself, the `modules` that it lies in.
  static func moduleFolders(of script: String, in project: Project) -> [String] {
    var folder = File.folder(of: script)
    var folders = ["\(folder)/modules"]
    let root = project.folder.root == "/" ? "" : project.folder.root
    while folder.hasPrefix(root + "/") {
      if folder.hasSuffix("/modules") { folders.append(folder) }
      folder = File.folder(of: folder)
      if folder == "/" { break }
    }
    return folders
  }

  /// The modules of others that a run used and that are other ones now, in words.
  static func changes(from old: [String: RockUse], to new: [String: RockUse]) -> [String] {
    Set(old.keys).union(new.keys).sorted().compactMap { name in
      switch (old[name], new[name]) {
      case (let before?, let after?) where before == after: nil
      case (let before?, let after?) where before.version == after.version:
        "module \(name) \(after.version) has another content now"
      case (let before?, let after?): "module \(name) was \(before.version), and is \(after.version) now"
      case (let before?, nil): "module \(name) \(before.version) is not used any more"
      case (nil, let after?): "module \(name) \(after.version) is new"
      case (nil, nil): nil
      }
    }
  }
}
