// Lua's C API, as compiled modules look for it in the program that loads them.
//
// The library is linked from an archive, and what comes from archives stays inside of a program that has Swift's runtime linked into
// it. So each function of `lua.h`, `lauxlib.h` and `lualib.h` has a gate here, which goes on to it with all arguments where they
// are. Their names are those of the functions, in the version that the shared library has them in; modules that ask for
// no version find them too. Nothing of Baton calls them.

#include <lua5.4/lua.h>

#if defined(__x86_64__) || defined(__i386__)
#define GO_ON "jmp "
#elif defined(__aarch64__) || defined(__arm__)
#define GO_ON "b "
#elif defined(__riscv)
#define GO_ON "tail "
#endif

#ifdef GO_ON
#define API(name)                                          \
  __asm__(                                                 \
    ".pushsection .text.baton_api,\"ax\",%progbits\n"      \
    ".globl baton_api_" #name "\n"                         \
    ".type baton_api_" #name ",%function\n"                \
    "baton_api_" #name ":\n\t" GO_ON #name "\n"            \
    ".size baton_api_" #name ", .-baton_api_" #name "\n"   \
    ".symver baton_api_" #name ", " #name "@LUA_5.4\n"     \
    ".popsection\n");

// clang-format off
API(luaL_addgsub) API(luaL_addlstring) API(luaL_addstring) API(luaL_addvalue) API(luaL_argerror)
API(luaL_buffinit) API(luaL_buffinitsize) API(luaL_callmeta) API(luaL_checkany) API(luaL_checkinteger)
API(luaL_checklstring) API(luaL_checknumber) API(luaL_checkoption) API(luaL_checkstack) API(luaL_checktype)
API(luaL_checkudata) API(luaL_checkversion_) API(luaL_error) API(luaL_execresult) API(luaL_fileresult)
API(luaL_getmetafield) API(luaL_getsubtable) API(luaL_gsub) API(luaL_len) API(luaL_loadbufferx)
API(luaL_loadfilex) API(luaL_loadstring) API(luaL_newmetatable) API(luaL_newstate) API(luaL_openlibs)
API(luaL_optinteger) API(luaL_optlstring) API(luaL_optnumber) API(luaL_prepbuffsize) API(luaL_pushresult)
API(luaL_pushresultsize) API(luaL_ref) API(luaL_requiref) API(luaL_setfuncs) API(luaL_setmetatable)
API(luaL_testudata) API(luaL_tolstring) API(luaL_traceback) API(luaL_typeerror) API(luaL_unref) API(luaL_where)
API(lua_absindex) API(lua_arith) API(lua_atpanic) API(lua_callk) API(lua_checkstack) API(lua_close)
API(lua_closeslot) API(lua_compare) API(lua_concat) API(lua_copy) API(lua_createtable) API(lua_dump)
API(lua_error) API(lua_gc) API(lua_getallocf) API(lua_getfield) API(lua_getglobal) API(lua_gethook)
API(lua_gethookcount) API(lua_gethookmask) API(lua_geti) API(lua_getinfo) API(lua_getiuservalue)
API(lua_getlocal) API(lua_getmetatable) API(lua_getstack) API(lua_gettable) API(lua_gettop) API(lua_getupvalue)
API(lua_iscfunction) API(lua_isinteger) API(lua_isnumber) API(lua_isstring) API(lua_isuserdata)
API(lua_isyieldable) API(lua_len) API(lua_load) API(lua_newstate) API(lua_newthread) API(lua_newuserdatauv)
API(lua_next) API(lua_pcallk) API(lua_pushboolean) API(lua_pushcclosure) API(lua_pushfstring)
API(lua_pushinteger) API(lua_pushlightuserdata) API(lua_pushlstring) API(lua_pushnil) API(lua_pushnumber)
API(lua_pushstring) API(lua_pushthread) API(lua_pushvalue) API(lua_pushvfstring) API(lua_rawequal)
API(lua_rawget) API(lua_rawgeti) API(lua_rawgetp) API(lua_rawlen) API(lua_rawset) API(lua_rawseti)
API(lua_rawsetp) API(lua_resetthread) API(lua_resume) API(lua_rotate) API(lua_setallocf) API(lua_setcstacklimit)
API(lua_setfield) API(lua_setglobal) API(lua_sethook) API(lua_seti) API(lua_setiuservalue) API(lua_setlocal)
API(lua_setmetatable) API(lua_settable) API(lua_settop) API(lua_setupvalue) API(lua_setwarnf) API(lua_status)
API(lua_stringtonumber) API(lua_toboolean) API(lua_tocfunction) API(lua_toclose) API(lua_tointegerx)
API(lua_tolstring) API(lua_tonumberx) API(lua_topointer) API(lua_tothread) API(lua_touserdata) API(lua_type)
API(lua_typename) API(lua_upvalueid) API(lua_upvaluejoin) API(lua_version) API(lua_warning) API(lua_xmove)
API(lua_yieldk) API(luaopen_base) API(luaopen_coroutine) API(luaopen_debug) API(luaopen_io) API(luaopen_math)
API(luaopen_os) API(luaopen_package) API(luaopen_string) API(luaopen_table) API(luaopen_utf8)
#if LUA_VERSION_RELEASE_NUM >= 50406
API(lua_closethread)
#endif
// clang-format on
#endif
