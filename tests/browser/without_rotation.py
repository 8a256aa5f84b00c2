"""The portal as it would be if answers left the session cookie alone: what Back shows then is what the tests fear."""

from portal import create_app, family

app = create_app()
app.config["SESSION_REFRESH_EACH_REQUEST"] = False
family.rotate_cookie_when_sharing_changed = lambda grants: None
