"""Addresses of the `accounts` app."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from accounts.views import account, api_keys, trail, users, you

login = LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True)

urlpatterns = [
    path("login", login, name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("settings", you.settings, name="settings"),
    path("settings/password", you.password, name="password"),
    path("settings/account", account.account, name="account"),
    path("settings/users", users.listing, name="users"),
    path("settings/users/new", users.new, name="user-new"),
    path("settings/users/<int:pk>", users.edit, name="user-edit"),
    path("settings/users/<int:pk>/password", users.new_password, name="user-password"),
    path("settings/users/<int:pk>/deactivate", users.deactivate, name="user-deactivate"),
    path("settings/users/<int:pk>/reactivate", users.reactivate, name="user-reactivate"),
    path("settings/api-keys", api_keys.listing, name="api-keys"),
    path("settings/api-keys/<int:pk>/revoke", api_keys.revoke, name="api-key-revoke"),
    path("settings/audit", trail.trail, name="audit"),
]
