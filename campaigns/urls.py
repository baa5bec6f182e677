"""Addresses of the `campaigns` app."""

from django.urls import path

from campaigns.views import actions, copies, editor, figures, list, preview, report, review, testing, waiting, why

urlpatterns = [
    path("", list.campaigns, name="campaigns"),
    path("new", list.new, name="campaign-new"),
    path("bulk", list.bulk, name="campaigns-bulk"),
    path("<int:pk>/", report.campaign, name="campaign"),
    path("why/<int:pk>", why.person_why, name="person-why"),
    path("over/<int:pk>", waiting.queue, name="connection-queue"),
    path("<int:pk>/sent", report.sent, name="campaign-sent"),
    path("<int:pk>/people", report.people, name="campaign-people"),
    path("runs/<int:pk>/retry", report.retry_failed, name="run-retry"),
    path("runs/<int:pk>/send-missed", report.send_missed, name="run-send-missed"),
    path("<int:pk>/edit", editor.edit, name="campaign-edit"),
    path("<int:pk>/edit/<slug:step>", editor.edit, name="campaign-edit"),
    path("<int:pk>/copies", copies.copies, name="campaign-copies"),
    path("<int:pk>/reach", figures.reach, name="campaign-reach"),
    path("<int:pk>/figures", figures.figures, name="campaign-figures"),
    path("<int:pk>/tokens", figures.tokens, name="campaign-tokens"),
    path("<int:pk>/lacking", figures.lacking, name="campaign-lacking"),
    path("<int:pk>/preview", preview.preview, name="campaign-preview"),
    path("<int:pk>/preview/mail/<int:person>", preview.preview_mail, name="campaign-preview-mail"),
    path("<int:pk>/preview/people", preview.preview_people, name="campaign-preview-people"),
    path("<int:pk>/test", testing.test_send, name="campaign-test"),
    path("<int:pk>/test/people", testing.testers, name="campaign-testers"),
    path("<int:pk>/test/find", testing.find, name="campaign-test-find"),
    path("tests/<int:pk>", testing.test_answers, name="campaign-test-answers"),
    path("tests/<int:pk>/again", testing.test_again, name="campaign-test-again"),
    path("<int:pk>/review", review.review_numbers, name="campaign-review"),
    path("<int:pk>/save-segment", editor.save_segment, name="campaign-save-segment"),
    path("<int:pk>/publish", actions.publish, name="campaign-publish"),
    path("<int:pk>/pause", actions.pause, name="campaign-pause"),
    path("<int:pk>/resume", actions.resume, name="campaign-resume"),
    path("<int:pk>/stop", actions.stop, name="campaign-stop"),
    path("<int:pk>/clone", actions.clone, name="campaign-clone"),
    path("<int:pk>/archive", actions.archive, name="campaign-archive"),
    path("<int:pk>/restore", actions.restore, name="campaign-restore"),
]
