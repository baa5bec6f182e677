import socket, time, os
from django.conf import settings
from django.test import Client
from tests import factories
from tests.stack import installation

def test_x(tmp_path, django_db_blocker):
    env = {"BELFRY_VAR": str(tmp_path / "var"), "BELFRY_SECRET_KEY": settings.SECRET_KEY, "BELFRY_WEB_PROCESSES": "1"}
    with django_db_blocker.unblock(), installation(tmp_path, **env) as stack:
        c = Client(); c.force_login(factories.user(), backend=settings.AUTHENTICATION_BACKENDS[1])
        port = int(stack.start_web().rpartition(":")[2])
        head = (f"POST /people/imports/new HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nX-CSRFToken: {'a'*32}\r\n"
          f"Cookie: sessionid={c.cookies['sessionid'].value}; csrftoken={'a'*32}\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: 12000000\r\n\r\n").encode()
        body = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\nidentity,x\n' + b"a,b\n" * 250000
        arriving = tmp_path / "var" / "arriving"
        seen = []
        for _ in range(3):
            s = socket.create_connection(("127.0.0.1", port)); s.sendall(head + body)
            until = time.time() + 5
            while time.time() < until and not list(arriving.iterdir()): time.sleep(.05)
            seen.append(len(list(arriving.iterdir()))); s.close()
            until = time.time() + 5
            while time.time() < until and list(arriving.iterdir()): time.sleep(.05)
            seen.append(len(list(arriving.iterdir())))
        print("SEEN", seen, stack.logs()[-500:])
