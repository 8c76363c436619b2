import BatonConfig
import BatonLua
import BatonModel
import Glibc

/// What editors read of the language: its types and those of the standard library, and the schema of baton.json.
enum EditorTypes {
  /// Writes them into `meta/` of the folder `.baton`, which is there.
  static func write(below folder: String) throws {
    mkdir("\(folder)/meta", 0o755)
    try File.write(Stdlib.typeDefinitions, to: "\(folder)/meta/baton.lua", replacing: true)
    for (module, text) in Stdlib.moduleTypes {
      try File.write(text, to: "\(folder)/meta/\(module).lua", replacing: true)
    }
    try File.write(
      Array((JSON.encodePretty(SettingsTable.schema) + "\n").utf8), to: "\(folder)/meta/baton.schema.json",
      replacing: true)
  }
}
