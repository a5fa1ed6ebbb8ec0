# Reads launchd jobs as strictly as can be done without a Mac: syntax by plistlib, keys and types after launchd.plist(5).
# usage: launchd.py FILE...   prints what is wrong; 0 nothing, 1 something
import os, plistlib, sys

TYPES = {
    "Label": str, "ProgramArguments": list, "RunAtLoad": bool, "KeepAlive": dict, "ThrottleInterval": int,
    "ExitTimeOut": int, "ProcessType": str, "SoftResourceLimits": dict, "EnvironmentVariables": dict,
    "WorkingDirectory": str, "StandardOutPath": str, "StandardErrorPath": str,
}
PATHS = ("WorkingDirectory", "StandardOutPath", "StandardErrorPath")


def faults(path):
    with open(path, "rb") as file:
        try:
            job = plistlib.load(file, fmt=plistlib.FMT_XML)
        except Exception as error:
            return [f"no property list: {error}"]
    found = [f"unknown key {key}" for key in job if key not in TYPES]
    found += [f"{key} is no {kind.__name__}" for key, kind in TYPES.items() if key in job and type(job[key]) is not kind]
    if os.path.basename(path) != f"{job.get('Label')}.plist":
        found.append("the file is not named after its label")
    if not all(type(word) is str for word in job["ProgramArguments"]) or not job["ProgramArguments"][0].startswith("/"):
        found.append("ProgramArguments are no strings, or the first is no path")
    found += [f"{key} is no absolute path" for key in PATHS if not job[key].startswith("/")]
    if job["KeepAlive"] != {"SuccessfulExit": False}:
        found.append("KeepAlive is not what it should be")
    if type(job["SoftResourceLimits"].get("NumberOfFiles")) is not int:
        found.append("NumberOfFiles is no number")
    if job["ProcessType"] not in ("Background", "Standard", "Adaptive", "Interactive"):
        found.append("unknown ProcessType")
    if not all(type(value) is str for value in job["EnvironmentVariables"].values()):
        found.append("EnvironmentVariables are no strings")
    return found


wrong = [f"{path}: {fault}" for path in sys.argv[1:] for fault in faults(path)]
print("\n".join(wrong), end="")
sys.exit(1 if wrong else 0)
