// The system calls that Node lacks, as a Node-API addon: this is its table of functions, posix/ has them by subject, and
// posix.ts, its only caller, documents each. All of it runs on the main thread and nothing blocks, but for files, transfer and
// lookUpUser.
// Linux first. What POSIX has works on macOS too; what only Linux has answers -ENOSYS there.

#include <sys/resource.h>

#include "posix/values.h"

NAPI_MODULE_INIT() {
  remember_stdio();
  static const struct {
    const char *name;
    napi_callback function;
  } table[] = {
      {"pipe", Pipe},           {"setCloexec", SetCloexec}, {"setNonblocking", SetNonblocking},
      {"dup2", Dup2},           {"close", Close},           {"flock", Flock},
      {"read", Read},           {"write", Write},           {"spawn", Spawn},
      {"verdict", Verdict},     {"abandon", Abandon},     {"reap", Reap},           {"deadChild", DeadChild}, {"kill", Kill},             {"becomeSubreaper", BecomeSubreaper},
      {"getLimit", GetLimit},   {"setLimit", SetLimit},     {"findUser", FindUser},
      {"findGroup", FindGroup}, {"groupsOf", GroupsOf},     {"listenUnix", ListenUnix},
      {"listenTcp", ListenTcp}, {"probeUnix", ProbeUnix},   {"peerCredentials", PeerCredentials},
      {"watch", Watch},         {"drain", Drain},           {"createWatcher", CreateWatcher},
      {"arm", Arm},             {"trim", Trim},             {"sendDatagram", SendDatagram},
      {"bindNotices", BindNotices}, {"receiveNotice", ReceiveNotice},
      {"setBlocking", SetBlocking}, {"exit", Exit},
      {"transfer", Transfer},   {"duplicate", Duplicate},   {"preparePair", PreparePair},
      {"enterRaw", EnterRaw},   {"leaveRaw", LeaveRaw},     {"setWindowSize", SetWindowSize},
      {"getWindowSize", GetWindowSize}, {"connectUnix", ConnectUnix}, {"isTerminal", IsTerminal},
      {"reserveSlots", ReserveSlots}, {"holdSignals", HoldSignals}, {"memoryFile", MemoryFile}, {"execute", Execute},
      {"openProcess", OpenProcess}, {"signalProcess", SignalProcess},
      {"areSignalsHeld", AreSignalsHeld}, {"signalHolder", SignalHolder},
      {"openFile", OpenFile},   {"openLogNow", OpenLogNow}, {"renameFile", RenameFile}, {"unlinkFile", UnlinkFile},
      {"unlinkIdleFile", UnlinkIdleFile}, {"makeWay", MakeWay}, {"examine", Examine}, {"listNames", ListNames},
      {"readFile", ReadFile},   {"writeFile", WriteFile},   {"closeFile", CloseFile}, {"examineOpen", ExamineOpen},
      {"changeOwner", ChangeOwner}, {"changeMode", ChangeMode}, {"changeTimes", ChangeTimes},
      {"openWallTimer", OpenWallTimer}, {"setWallTimer", SetWallTimer}, {"readWallTimer", ReadWallTimer},
      {"localOffset", LocalOffset},
      {"lookUpUser", LookUpUser}, {"connectDatagram", ConnectDatagram},
      {"countThreads", CountThreads},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    napi_value function;
    napi_create_function(env, table[i].name, NAPI_AUTO_LENGTH, table[i].function, NULL, &function);
    put(env, exports, table[i].name, function);
  }
  napi_value limits;
  napi_create_object(env, &limits);
  put(env, limits, "files", number(env, RLIMIT_NOFILE));
  put(env, limits, "processes", number(env, RLIMIT_NPROC));
  put(env, limits, "core", number(env, RLIMIT_CORE));
  put(env, limits, "memory", number(env, RLIMIT_AS));
  put(env, exports, "limits", limits);
  return exports;
}
