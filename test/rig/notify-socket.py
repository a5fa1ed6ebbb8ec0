# A notify socket as a service manager has it: prints each datagram as one line of JSON, with the pid of its sender.
import json, socket, sys

path = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
receiver.bind("\0" + path[1:] if path.startswith("@") else path)
print(json.dumps({"bound": path}), flush=True)
while True:
    data, control, _, _ = receiver.recvmsg(65536, 64)
    pid = int.from_bytes(control[0][2][:4], sys.byteorder)
    print(json.dumps({"pid": pid, "lines": data.decode().split("\n")}), flush=True)
